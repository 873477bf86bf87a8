/** A store's own number for a user; never on the wire, never reused. */
export type UserId = number
