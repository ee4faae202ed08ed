"""Other people's formats and libraries: networks in and out, and numbers out; each in a module of its own."""
