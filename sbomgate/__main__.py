"""`python -m sbomgate`."""

from sbomgate.cli import run

if __name__ == "__main__":
    run()
