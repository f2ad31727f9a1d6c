"""Strings, keys and numbers, byte by byte."""
