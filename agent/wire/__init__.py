"""Messages between the controller and its model workers. Pure: bytes in, bytes out."""
