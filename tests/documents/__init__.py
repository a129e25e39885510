"""Invented sheets and hostile files, all made in code."""
