"""What a study does before its sections: ratings, fits, labels; and the folder that takes it all."""
