import { eventsGroup } from './events.ts'
import type { Group } from './group.ts'
import { homeserverGroup } from './homeserver.ts'
import { relayGroup } from './relay.ts'
import { sdkGroup } from './sdk.ts'
import { tlsGroup } from './tls.ts'

export const GROUPS = ['homeserver', 'events', 'relay', 'tls', 'sdk'] as const
export type GroupName = (typeof GROUPS)[number]

export function isGroupName(name: string): name is GroupName {
  return GROUPS.some((known) => known === name)
}

export const RUN: Readonly<Record<GroupName, Group>> = {
  homeserver: homeserverGroup,
  events: eventsGroup,
  relay: relayGroup,
  tls: tlsGroup,
  sdk: sdkGroup,
}
