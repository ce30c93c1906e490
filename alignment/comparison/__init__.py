"""What training did: effects of arms, distances, wins, reductions, with intervals. It reads tables of scores only."""
