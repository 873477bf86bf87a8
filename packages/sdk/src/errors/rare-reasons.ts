/** What a status means, for those that homeservers and relays hardly ever answer with (RFC 9110, RFC 7725, WebDAV). */
const RARE_REASONS: Readonly<Record<number, string>> = {
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  402: 'Payment Required',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  411: 'Length Required',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  417: 'Expectation Failed',
  421: 'Misdirected Request',
  422: 'Unprocessable Entity',
  424: 'Failed Dependency',
  425: 'Too Early',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  431: 'Request Header Fields Too Large',
  451: 'Unavailable For Legal Reasons',
  501: 'Not Implemented',
  505: 'HTTP Version Not Supported',
  511: 'Network Authentication Required',
}

/** The reason phrase of a rare status; that of an unknown one is the official word for it. */
export function rareReason(status: number): string {
  return RARE_REASONS[status] ?? 'Unknown Error'
}
