import { createTransport } from 'nodemailer';

/** A mail of somebody else: it makes the first look into a mailbox search and fetch. */
export async function sendStranger(port: number, to: string): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  const mail = {
    from: 'customer@elsewhere.test',
    to,
    subject: 'an invoice',
    text: 'of a customer',
  };
  await transport.sendMail(mail);
  transport.close();
}
