/** What an administrator and the mail gateway do, over HTTP. */
export interface RtWeb {
  /** A new queue, which anybody may write to; gives its name. */
  createQueue(name?: string): Promise<string>;
  /** Mail into a queue past Postfix: what rt-mailgate does. */
  deliver(queue: string, message: string): Promise<void>;
  setStatus(ticketId: number, status: string): Promise<void>;
  /** What a person writes in the web interface, visible to the customer. */
  correspond(ticketId: number, text: string): Promise<void>;
  moveTo(ticketId: number, queue: string): Promise<void>;
}

/** As root, with a session: a password is checked for a quarter of a second. */
export function createRtWeb(url: string, rootPassword: string): RtWeb {
  let session: Promise<string> | undefined;
  let queues = 0;

  async function logIn(): Promise<string> {
    const form = new URLSearchParams({ user: 'root', pass: rootPassword });
    const reply = await fetch(`${url}/REST/1.0/`, { method: 'POST', body: form });
    const said = await reply.text();
    if (!said.includes(' 200 Ok')) throw new Error(`RT: root cannot log in: ${said}`);
    return (reply.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  }

  async function write(method: string, path: string, body: object): Promise<void> {
    const ask = async (): Promise<Response> => {
      session ??= logIn();
      const headers = { cookie: await session, 'content-type': 'application/json' };
      const text = JSON.stringify(body);
      return fetch(`${url}/REST/2.0${path}`, { method, headers, body: text, redirect: 'manual' });
    };
    let reply = await ask();
    if (reply.status === 302) {
      session = undefined; // it was forgotten
      reply = await ask();
    }
    const said = await reply.text();
    if (!reply.ok) throw new Error(`RT: ${method} ${path}: ${reply.status} ${said}`);
  }

  return {
    async createQueue(name = `Bench ${++queues}`) {
      await write('POST', '/queue', { Name: name, CorrespondAddress: 'support@example.test' });
      return name;
    },
    async deliver(queue, message) {
      const form = new URLSearchParams({
        SessionType: 'REST',
        queue,
        action: 'correspond',
        message,
      });
      const path = '/REST/1.0/NoAuth/mail-gateway';
      const said = await (await fetch(url + path, { method: 'POST', body: form })).text();
      if (!said.startsWith('ok')) throw new Error(`RT: the mail gateway says ${said}`);
    },
    setStatus: (ticketId, Status) => write('PUT', `/ticket/${ticketId}`, { Status }),
    correspond: (ticketId, Content) =>
      write('POST', `/ticket/${ticketId}/correspond`, { Content, ContentType: 'text/plain' }),
    moveTo: (ticketId, Queue) => write('PUT', `/ticket/${ticketId}`, { Queue }),
  };
}
