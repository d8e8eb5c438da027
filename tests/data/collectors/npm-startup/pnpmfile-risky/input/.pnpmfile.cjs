const https = require("node:https");
const { spawn } = require("child_process");
eval(Buffer.from("dHJ1ZQ==", "base64").toString());
module.exports = { hooks: {} };
