/// <reference lib="esnext.disposable" preserve="true" />
// For `Symbol.dispose` in projects whose own `lib` is older.

/**
 * Every public class can be freed, as in the official WASM SDK. Only running things (flows, streams) have something to
 * release; elsewhere it does nothing and the object stays usable (spec 05 §2.1).
 */
export abstract class Freeable {
  /** Releases what runs in the background. */
  free(): void {}

  [Symbol.dispose](): void {
    this.free()
  }
}
