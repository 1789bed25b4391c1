// What the real image runs. Here `bun` stands in for both.
