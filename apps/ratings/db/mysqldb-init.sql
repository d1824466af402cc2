-- Ratings for v2 on MySQL or MariaDB. Harmless when it runs a second time: ratings that were changed stay as they are.
CREATE DATABASE IF NOT EXISTS test;
USE test;
CREATE TABLE IF NOT EXISTS ratings (
  ReviewID INT NOT NULL PRIMARY KEY,
  Rating INT
);
INSERT IGNORE INTO ratings (ReviewID, Rating) VALUES (1, 5), (2, 4);
