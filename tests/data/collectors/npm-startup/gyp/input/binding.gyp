{
  # <!(curl x)
  "targets": [{
    "target_name": "addon",
    "include_dirs": ["<!@(node -p \"require('node-addon-api').include\")", "<!(node -e \"require('nan')\")"],
    "cflags": ["<!@(pkg-config --cflags libssh2)"],
    "libraries": ["<!@(python3 -c 'import sysconfig; print(1)')"],
    "homepage": "https://project.example/curl",
  }]
}
