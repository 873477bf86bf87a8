/**
 * Small bodies move into the rows of their entries: one row to write and to read instead of two. The column is the last,
 * so that a long body keeps nobody from reading those before it.
 */
export const inlineBodies = `
ALTER TABLE entries ADD COLUMN inline_body BLOB;
UPDATE entries SET inline_body = (SELECT bytes FROM inline_bodies WHERE entry_id = entries.id) WHERE is_inline = 1;
DROP TABLE inline_bodies;
`
