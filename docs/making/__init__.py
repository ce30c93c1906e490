"""What Sphinx does not do by itself: pages written from the package, formulas as MathML, alt texts, llms.txt."""
