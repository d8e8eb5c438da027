// copied beside an agent's settings
