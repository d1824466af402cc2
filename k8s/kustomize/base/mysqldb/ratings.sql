-- What ratings v2-mysql reads: one row a star rating.
CREATE DATABASE IF NOT EXISTS test;
USE test;
CREATE TABLE ratings (
  ReviewID INT NOT NULL,
  Rating INT,
  PRIMARY KEY (ReviewID)
);
INSERT INTO ratings (ReviewID, Rating) VALUES (1, 5), (2, 4);
