"""What figures are made of: tables checked, words, fonts, rows, panels, marks, keys, alt texts."""
