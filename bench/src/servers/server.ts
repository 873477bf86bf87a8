/** A server under test in its own process. */
export interface ServerProcess extends AsyncDisposable {
  /** Of 127.0.0.1. */
  readonly port: number
  /** 0 when its CPU and memory cannot be told. */
  readonly pid: number
}
