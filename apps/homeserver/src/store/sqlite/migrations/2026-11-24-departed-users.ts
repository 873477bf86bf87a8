/** The rows of deleted accounts keep what the operator decided about their keys: they are looked up when one comes back. */
export const departedUsers = `
CREATE INDEX users_departed ON users (public_key, id) WHERE deleted_at IS NOT NULL;
`
