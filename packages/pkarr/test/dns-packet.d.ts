/** The part of npm `dns-packet`, which has no types of its own, that tests use. */
declare module 'dns-packet' {
  interface Message {
    readonly answers?: readonly { readonly name: string; readonly type: string }[]
  }
  const dnsPacket: { decode(bytes: Uint8Array): Message; encode(message: Message): Buffer }
  export default dnsPacket
}
