/** What a reader of commands finds. */
export interface ReaderEvents {
  /** A whole command: one byte a character, literals within as on the wire (`{3}\r\nabc`). */
  readonly onCommand: (text: string) => void;
  /** A literal follows and wants to be asked for (RFC 3501 section 4.3). */
  readonly onLiteral: () => void;
  /** Longer than any command: the connection is better ended. */
  readonly onTooLong: () => void;
}

const LONGEST = 1_024 * 1_024;

/** Cuts what a client sends into commands; line ends are CRLF and nothing else. */
export function createReader(events: ReaderEvents): (chunk: Buffer) => void {
  let input = '';
  let command = '';
  let literalLeft = 0;
  let isOver = false;

  /** False when there is nothing whole left. */
  function takeOne(): boolean {
    if (literalLeft > 0) {
      const piece = input.slice(0, literalLeft);
      input = input.slice(piece.length);
      command += piece;
      literalLeft -= piece.length;
      return literalLeft === 0;
    }
    const end = input.indexOf('\r\n');
    if (end < 0) return false;
    const line = input.slice(0, end);
    input = input.slice(end + 2);
    command += line;
    const literal = /\{(\d{1,9})\}$/.exec(line)?.[1];
    if (literal === undefined) {
      const whole = command;
      command = '';
      events.onCommand(whole);
    } else {
      command += '\r\n';
      literalLeft = Number(literal);
      if (literalLeft <= LONGEST) events.onLiteral();
    }
    return true;
  }

  return (chunk) => {
    if (isOver) return;
    input += chunk.toString('latin1');
    while (takeOne());
    if (input.length + command.length > LONGEST || literalLeft > LONGEST) {
      isOver = true;
      events.onTooLong();
    }
  };
}
