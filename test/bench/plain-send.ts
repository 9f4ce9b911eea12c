import SMTPConnection from 'nodemailer/lib/smtp-connection';

const SMALL = 'Subject: bench\r\n\r\nbench\r\n';

/** Hands a mail, by default a small one, to a server on loopback; answers when its final 250 was read. */
export function sendPlain(port: number, to: string, message = SMALL): Promise<number> {
  return new Promise((resolve, reject) => {
    const connection = new SMTPConnection({ host: '127.0.0.1', port, ignoreTLS: true });
    connection.on('error', reject);
    connection.connect(() => {
      const envelope = { from: 'a@example.org', to: [to] };
      connection.send(envelope, message, (error) => {
        const at = performance.now();
        connection.quit();
        if (error) reject(error);
        else resolve(at);
      });
    });
  });
}
