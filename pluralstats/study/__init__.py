"""The main job: a study file in; tables, figures, fits and a report out."""
