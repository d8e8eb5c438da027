# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "anyio==4.4.0",
#     "gitted @ git+https://git.example/shop/gitted@v1",
# ]
# ///
import anyio
