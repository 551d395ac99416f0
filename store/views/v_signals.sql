-- What did the monitors find, and when?
SELECT * FROM signals FINAL WHERE inserted_at > now() - INTERVAL {{ days["signals"] }} DAY
