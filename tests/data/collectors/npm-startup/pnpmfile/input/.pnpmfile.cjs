// const cp = require("child_process")
function readPackage(manifest, context) {
  if (manifest.name === "demo") {
    manifest.dependencies = { ...manifest.dependencies, other: "^1.0.0" };
    context.log("demo needs other");
  }
  return manifest;
}
module.exports = { hooks: { readPackage } };
