-- What does the advisor recommend, each in its newest form?
SELECT * FROM advice FINAL WHERE updated_at > now() - INTERVAL {{ days["advice"] }} DAY
