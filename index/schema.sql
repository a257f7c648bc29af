-- A job is a row of jobs, of its newest attempt. The row is narrow and an index covers
-- it, so that a filter that nothing else helps reads all of them fast.
CREATE TABLE jobs (
  n         INTEGER PRIMARY KEY,
  id        TEXT NOT NULL UNIQUE,
  tenant    TEXT NOT NULL,
  parent    TEXT NOT NULL,
  kind      TEXT NOT NULL,
  state     TEXT NOT NULL,
  submitter TEXT NOT NULL,
  target    TEXT NOT NULL,
  version   TEXT NOT NULL,    -- digest of the source, bare
  failing   INTEGER NOT NULL, -- 1 if there is a row in errors
  attempt   INTEGER NOT NULL,
  open      INTEGER NOT NULL, -- 1 while no record says how the attempt ended
  created   INTEGER NOT NULL, -- of the first attempt, microseconds
  seen      INTEGER NOT NULL, -- when it was last known to run, microseconds
  note      TEXT NOT NULL     -- key of the note that the row was made from, or empty
);
CREATE INDEX jobs_list ON jobs (tenant, parent, created, id, kind, state, submitter, target, version, failing);
CREATE INDEX jobs_counts ON jobs (tenant, parent, state);
CREATE INDEX jobs_open ON jobs (tenant, open) WHERE open = 1;
CREATE INDEX jobs_version ON jobs (tenant, version) WHERE version <> '';

-- What a list shows of a job.
CREATE TABLE summaries (n INTEGER PRIMARY KEY, summary TEXT NOT NULL);

-- What is known of a job that has no record yet.
CREATE TABLE begun (n INTEGER PRIMARY KEY, record TEXT NOT NULL);

CREATE TABLE labels (label TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (label, n)) WITHOUT ROWID;
CREATE INDEX labels_job ON labels (n);

-- What each attempt that has ended did, and to which documents.
CREATE TABLE attempts (
  n INTEGER NOT NULL, attempt INTEGER NOT NULL, facts TEXT NOT NULL, PRIMARY KEY (n, attempt)
) WITHOUT ROWID;
CREATE TABLE documents (
  tenant   TEXT NOT NULL,
  document TEXT NOT NULL,
  created  INTEGER NOT NULL, -- of the attempt, microseconds
  n        INTEGER NOT NULL,
  attempt  INTEGER NOT NULL,
  version  TEXT NOT NULL,
  item     TEXT NOT NULL,
  PRIMARY KEY (tenant, document, created, n, attempt)
) WITHOUT ROWID;
CREATE INDEX documents_job ON documents (n, attempt);
CREATE INDEX documents_version ON documents (tenant, version) WHERE version <> '';

-- The errors of a job and of its documents, by rowid as in jobs.
CREATE VIRTUAL TABLE errors USING fts5 (text, tokenize = 'trigram');

-- How far the journal has been read, and which notes have been since.
CREATE TABLE progress (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE notes (key TEXT PRIMARY KEY) WITHOUT ROWID;
