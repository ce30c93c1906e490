"""What a posterior is, normal or known through draws: intervals, diagnostics, files."""
