"""HTTP: one package an area, thin. `gate.py` decides who passes, `shell.py` dresses what goes out."""
