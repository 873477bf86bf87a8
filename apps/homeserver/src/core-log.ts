/** The part of a logger (pino's order of arguments) that the core needs. */
export interface CoreLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
