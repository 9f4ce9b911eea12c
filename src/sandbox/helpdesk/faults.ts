import type { ServerResponse } from 'node:http';
import type { Random } from '../../base/random.ts';
import { happens } from '../chance.ts';
import type { Fault } from '../config.ts';
import type { Dials } from '../dials.ts';

/** What a request is for: what faults can be aimed at, and what is counted. */
export type RequestKind = Exclude<Fault['on'], 'all'>;

/** Spoils answers on demand. */
export interface Faults {
  /** The fault that hits this request, if one does. */
  next(kind: RequestKind): Fault | undefined;
}

export function createFaults(dials: Dials, random: Random): Faults {
  let present: Fault | null = null;
  let hits = 0;
  return {
    next(kind) {
      const { fault } = dials.read().helpdesk;
      if (fault !== present) hits = 0;
      present = fault;
      if (fault === null || (fault.on !== 'all' && fault.on !== kind)) return undefined;
      if (fault.times !== null && hits >= fault.times) return undefined;
      if (!happens(fault.share, random)) return undefined;
      hits += 1;
      return fault;
    },
  };
}

/** Does to an answer what the fault says; `status` gives the usual error body instead. */
export function spoil(fault: Fault, response: ServerResponse): void {
  switch (fault.do) {
    case 'status':
      response.writeHead(fault.status, { 'Content-Type': 'text/html' });
      response.end(`<html><body><h1>${fault.status}</h1></body></html>`);
      return;
    case 'garbage':
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end('\u0000<!doctype html>{"_embedded":');
      return;
    case 'cut':
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '10000' });
      response.write('{"_embedded":{"conversations":[{"id":1002');
      response.socket?.end();
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'hang':
      return;
  }
}
