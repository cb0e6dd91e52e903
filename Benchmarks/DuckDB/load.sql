-- CSV to queryable: typed, and sorted by customer as Tenure's store is. Event types stand one after the other, so that
-- the statistics of the row groups skip the others. The types say more than Tenure is told: numbers as ids, and the
-- values of the categories.
CREATE TYPE event AS ENUM ('purchase', 'consent', 'view');
CREATE TYPE status AS ENUM ('completed', 'pending', 'canceled', 'returned');
CREATE TYPE currency AS ENUM ('EUR', 'USD', 'GBP');
CREATE TYPE charge AS ENUM ('first_charge', 'upsell', 'rebill');
CREATE TYPE category AS ENUM ('newsletter', 'sms');
CREATE TYPE action AS ENUM ('accept', 'reject');

CREATE TABLE events AS
SELECT * REPLACE (
    CASE valid_until WHEN 'unlimited' THEN 'infinity'::TIMESTAMP ELSE valid_until::TIMESTAMP END AS valid_until)
FROM read_csv('$folder/events.csv', header = true, columns = {
    'customer_id': 'INTEGER', 'timestamp': 'TIMESTAMP', 'event': 'event', 'purchase_id': 'INTEGER',
    'status': 'status', 'amount': 'DECIMAL(9, 2)', 'currency': 'currency', 'product': 'VARCHAR', 'charge': 'charge',
    'category': 'category', 'action': 'action', 'valid_until': 'VARCHAR'})
ORDER BY event, customer_id, timestamp;

CREATE TABLE customers AS
SELECT * FROM read_csv('$folder/customers.csv', header = true, columns = {
    'customer_id': 'INTEGER', 'country': 'VARCHAR'})
ORDER BY customer_id;

-- One rate a day and currency; the display currency is 1.
CREATE TABLE rates AS
SELECT date, currency, rate FROM read_csv('$folder/rates.csv', header = true, columns = {
    'date': 'DATE', 'currency': 'currency', 'rate': 'DECIMAL(6, 4)'})
UNION ALL
SELECT DISTINCT date, 'EUR'::currency, 1::DECIMAL(6, 4) FROM read_csv('$folder/rates.csv', header = true);

CHECKPOINT;
