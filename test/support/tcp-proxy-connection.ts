import type { Socket } from 'node:net';
import type { Clock } from '../../src/base/clock.ts';
import type { Cut, Fired, Happening, Side } from './tcp-proxy-rules.ts';

export interface ConnectionTools {
  readonly clock: Clock;
  /** Bytes pass as they come: no lines. */
  readonly raw: boolean;
  readonly connectTarget: () => Socket;
  readonly fire: (happening: Happening) => Fired | undefined;
  readonly record: (from: Side, text: string) => void;
}

export interface Connection {
  reset(): void;
}

interface Direction {
  readonly side: Side;
  readonly from: Socket;
  readonly to: Socket;
  /** The beginning of a line, in latin1 so that any byte survives. */
  partial: string;
  total: number;
  delayMs: number;
  isSwallowed: boolean;
  /** One chunk after the other, though each may have to wait. */
  work: Promise<void>;
}

interface State {
  readonly tools: ConnectionTools;
  readonly sockets: readonly Socket[];
  readonly directions: Direction[];
  /** Set by a fault: nothing passes any more. */
  isCut: boolean;
  isRaw: boolean;
  isStartTlsAsked: boolean;
}

/** Joins `client` to the target, with the faults that the rules want. */
export function joinConnection(client: Socket, tools: ConnectionTools): Connection {
  const fired = tools.fire({ on: 'connect' });
  if (fired?.before !== undefined) return refuse(client, fired.before);
  const server = tools.connectTarget();
  const state: State = {
    tools,
    sockets: [client, server],
    directions: [],
    isCut: false,
    isRaw: tools.raw,
    isStartTlsAsked: false,
  };
  const [up, down] = [
    createDirection('client', client, server),
    createDirection('server', server, client),
  ];
  state.directions.push(up, down);
  up.delayMs = down.delayMs = fired?.delayMs ?? 0;
  server.once('connect', () => cut(fired?.after, up, state));
  pump(up, state);
  pump(down, state);
  return { reset: () => reset(state.sockets) };
}

function refuse(client: Socket, fault: Cut): Connection {
  client.on('error', () => undefined);
  client.on('end', () => client.destroy());
  client.resume();
  if (fault === 'reset') client.resetAndDestroy();
  if (fault === 'close') client.end();
  return { reset: () => reset([client]) };
}

function createDirection(side: Side, from: Socket, to: Socket): Direction {
  const work = Promise.resolve();
  return { side, from, to, partial: '', total: 0, delayMs: 0, isSwallowed: false, work };
}

function pump(direction: Direction, state: State): void {
  const { from, to } = direction;
  const queue = (job: () => Promise<void>): void => {
    direction.work = direction.work.then(job);
  };
  from.on('data', (chunk) => queue(() => passChunk(chunk, direction, state)));
  from.on('end', () =>
    queue(async () => {
      if (isMute(direction, state)) {
        from.destroy();
        return;
      }
      await write(direction.partial, direction);
      to.end();
    }),
  );
  from.on('error', () => {
    if (!state.isCut) reset([to]);
  });
}

async function passChunk(chunk: Buffer, direction: Direction, state: State): Promise<void> {
  const { side } = direction;
  direction.total += chunk.length;
  if (isMute(direction, state)) return;
  const text = chunk.toString('latin1');
  const fired = state.tools.fire({ on: `${side}-bytes`, total: direction.total, text });
  if (fired?.answer !== undefined || fired?.instead !== undefined) {
    await speak(text, fired, { direction, state });
    return;
  }
  direction.delayMs = fired?.delayMs ?? direction.delayMs;
  if (fired?.holdMs !== undefined) await state.tools.clock.sleep(fired.holdMs);
  cut(fired?.before, direction, state);
  if (fired?.before !== undefined) return;

  holdBack(fired?.holdBackMs, direction, state);
  direction.partial += text;
  while (direction.partial !== '' && !isMute(direction, state)) {
    const length = state.isRaw ? direction.partial.length : direction.partial.indexOf('\n') + 1;
    if (length === 0) break;
    const piece = direction.partial.slice(0, length);
    direction.partial = direction.partial.slice(length);
    if (state.isRaw) await pass(piece, piece, { direction, state });
    else await passLine(piece, direction, state);
  }
  cutAfter(fired?.after, direction, state);
}

async function passLine(piece: string, direction: Direction, state: State): Promise<void> {
  const line = piece.replace(/\r?\n$/, '');
  const fired = state.tools.fire({ on: `${direction.side}-line`, line });
  direction.delayMs = fired?.delayMs ?? direction.delayMs;
  if (fired?.answer !== undefined || fired?.instead !== undefined) {
    await speak(piece, fired, { direction, state });
    return;
  }
  if (fired?.holdMs !== undefined) await state.tools.clock.sleep(fired.holdMs);
  cut(fired?.before, direction, state);
  if (fired?.before !== undefined) return;
  holdBack(fired?.holdBackMs, direction, state);
  noticeStartTls(line, direction.side, state);
  await pass(piece, line, { direction, state });
  cutAfter(fired?.after, direction, state);
}

/** What the other side says from now on waits first. */
function holdBack(ms: number | undefined, direction: Direction, state: State): void {
  const back = state.directions.find((other) => other !== direction);
  if (ms === undefined || back === undefined) return;
  back.work = back.work.then(() => state.tools.clock.sleep(ms));
}

/** Something of our own: to the one who spoke, or to the other side in place of what he said. */
async function speak(
  piece: string,
  { answer, instead, after, holdMs = 0 }: Fired,
  { direction, state }: { readonly direction: Direction; readonly state: State },
): Promise<void> {
  if (holdMs > 0) await state.tools.clock.sleep(holdMs);
  if (instead !== undefined) await write(instead, direction);
  if (answer !== undefined) {
    const back = state.directions.find((other) => other !== direction);
    if (answer.isPassed) {
      if (back !== undefined) back.isSwallowed = true;
      await pass(piece, piece.trimEnd(), { direction, state });
    }
    if (back !== undefined) await write(answer.text, back);
    if (answer.isPassed) {
      cutAfter(after, direction, state);
      return;
    }
  }
  cut(after, direction, state);
}

async function pass(
  piece: string,
  text: string,
  { direction, state }: { readonly direction: Direction; readonly state: State },
): Promise<void> {
  if (direction.delayMs > 0) await state.tools.clock.sleep(direction.delayMs);
  if (isMute(direction, state)) return; // a fault of the other direction came meanwhile
  state.tools.record(direction.side, text); // first: who gets it may look at the transcript at once
  await write(piece, direction);
}

/** Resolves when the kernel has it. */
function write(piece: string, { to }: Direction): Promise<void> {
  return new Promise((resolve) => {
    if (piece === '' || !to.writable) resolve();
    else to.write(piece, 'latin1', () => resolve());
  });
}

/** After STARTTLS both sides speak TLS: no lines any more. */
function noticeStartTls(line: string, side: Side, state: State): void {
  if (side === 'client') {
    state.isStartTlsAsked = /^(?:\S+ )?STARTTLS$/i.test(line);
  } else if (state.isStartTlsAsked) {
    state.isRaw = /^(?:220|\S+ OK)/i.test(line);
    state.isStartTlsAsked = false;
  }
}

function isMute(direction: Direction, state: State): boolean {
  return state.isCut || direction.isSwallowed;
}

function cut(fault: Cut | undefined, direction: Direction, state: State): void {
  if (fault === undefined || fault === 'drop') return;
  if (fault === 'swallow') {
    direction.isSwallowed = true;
    return;
  }
  state.isCut = true;
  if (fault === 'reset') reset(state.sockets);
  if (fault === 'close') for (const socket of state.sockets) socket.end();
}

/** As {@link cut}, but what was just passed on arrives for certain: a RST would take back what is not yet read. */
function cutAfter(fault: Cut | undefined, direction: Direction, state: State): void {
  if (fault !== 'reset') {
    cut(fault, direction, state);
    return;
  }
  state.isCut = true;
  direction.to.end();
  reset([direction.from]);
}

function reset(sockets: readonly Socket[]): void {
  for (const socket of sockets) {
    // While a FIN is on its way, a reset fails in Node and the socket never tells that it is closed.
    if (socket.connecting || socket.writableEnded) socket.destroy();
    else socket.resetAndDestroy();
  }
}
