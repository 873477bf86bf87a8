export {
  type CommandLine,
  helpText,
  type OptionSpec,
  type OptionValues,
  type ParsedArguments,
  parseArguments,
} from './arguments.ts'
export { BodyWatch, WatchedHttp2Request } from './body-watch.ts'
export {
  type ClientIdentity,
  canonicalAddress,
  createClientIdentifier,
  type IncomingPeer,
  parseNetworks,
} from './client-identity.ts'
export { type LoadedConfig, loadConfig, parseConfig } from './config.ts'
export { type ConnectionServer, HTTP_DEFAULTS, type HttpLimits, serveConnections } from './connection-server.ts'
export {
  CORS_VARY,
  type CorsPolicy,
  type CorsRequest,
  corsHeaders,
  corsMirror,
  preflightHeaders,
  varyWithCors,
} from './cors.ts'
export { ServerKitError, type ServerKitErrorCode } from './errors.ts'
export { healthRoutes, READINESS_TIMEOUT_MS, type ReadinessCheck } from './health.ts'
export { honoListener, type NodeBindings } from './hono-listener.ts'
export { type HttpServer, type ListenInit, startHttpServer, startTcpServer, type TcpServer } from './http-server.ts'
export {
  createLogger,
  LOG_FORMATS,
  LOG_LEVELS,
  type LogFormat,
  type Logger,
  type LogLevel,
  REDACTED,
  redactTarget,
  silentLogger,
} from './logs.ts'
export { createMetricsRegistry, metricsRoutes } from './metrics.ts'
export { packageVersion, resolveUserPath } from './program-files.ts'
export { parseQuota, type Quota } from './quota.ts'
export { DEFAULT_MAX_KEYS, type RateDecision, RateLimiter } from './rate-limiter.ts'
export { refuseAmbiguousHttp2Request } from './request-checks.ts'
export { type ProgramHost, runProgram, runUntilSignal } from './run.ts'
