import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** When Postfix asks: at each RCPT TO, and once after the final dot. */
export type Stage = 'RCPT' | 'END-OF-MESSAGE';

/**
 * An action of Postfix' access(5): `DUNNO` (no opinion), `550 5.7.1 text`,
 * `450 4.2.0 text`, `HOLD`, `DISCARD` (accept and lose), `REDIRECT address`, ...
 */
export type Action = string;

/** The action for the n-th question (from 1) about an address. */
export type Answer = Action | ((attempt: number) => Action);

export interface Question {
  readonly stage: Stage;
  readonly sender: string;
  readonly recipient: string;
  readonly queueId: string;
  /** The port of Postfix that the mail came in by. */
  readonly port: number;
  /** When we were asked, epoch milliseconds. */
  readonly at: number;
}

/** A policy server for Postfix: what it says to a mail is decided here, without a reload. */
export interface Policy {
  readonly port: number;
  readonly questions: readonly Question[];
  setAnswer(address: string, answer: Answer, stage?: Stage): void;
  clearAnswer(address: string): void;
  stop(): Promise<void>;
}

/** Starts one; `fallback` answers at RCPT for addresses without an answer of their own. */
export async function startPolicy(fallback: (question: Question) => Action): Promise<Policy> {
  const questions: Question[] = [];
  const answers = new Map<string, { readonly answer: Answer; attempts: number }>();
  const key = (address: string, stage: Stage): string => `${stage} ${address.toLowerCase()}`;
  const sockets = new Set<Socket>();

  function decide(question: Question): Action {
    questions.push(question);
    const rule = answers.get(key(question.recipient, question.stage));
    if (rule === undefined) return question.stage === 'RCPT' ? fallback(question) : 'DUNNO';
    rule.attempts += 1;
    return typeof rule.answer === 'string' ? rule.answer : rule.answer(rule.attempts);
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let fields = new Map<string, string>();
    const lines = createInterface({ input: socket });
    lines.on('error', () => undefined); // it repeats the socket's
    lines.on('line', (line) => {
      if (line !== '') {
        const equals = line.indexOf('=');
        fields.set(line.slice(0, equals), line.slice(equals + 1));
        return;
      }
      socket.write(`action=${decide(readQuestion(fields))}\n\n`);
      fields = new Map();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();

  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    questions,
    setAnswer(recipient, answer, stage = 'RCPT') {
      answers.set(key(recipient, stage), { answer, attempts: 0 });
    },
    clearAnswer(recipient) {
      answers.delete(key(recipient, 'RCPT'));
      answers.delete(key(recipient, 'END-OF-MESSAGE'));
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function readQuestion(fields: ReadonlyMap<string, string>): Question {
  return {
    stage: fields.get('protocol_state') === 'RCPT' ? 'RCPT' : 'END-OF-MESSAGE',
    sender: fields.get('sender') ?? '',
    recipient: fields.get('recipient') ?? '', // at END-OF-MESSAGE only when there is one
    queueId: fields.get('queue_id') ?? '',
    port: Number(fields.get('server_port') ?? 0),
    at: Date.now(),
  };
}
