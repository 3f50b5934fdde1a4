"""How fast honest NumPy is, next to torch, optax, and Keras: `make bench`, or python -m benchmarks --help."""
