import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseHops } from '../../src/domain/hops.ts';
import type { Hop } from '../../src/domain/sighting.ts';

const hop = (from: string, by: string, seconds: number | null): Hop => ({
  from,
  by,
  seconds,
  clockSuspect: (seconds ?? 0) < 0,
});
const unreadable = (from: string, by: string): Hop => ({
  from,
  by,
  seconds: null,
  clockSuspect: true,
});

/** Real shapes (helpdesks.md section 16), newest first as in a mail; the expected hops oldest first. */
const CHAINS: readonly {
  readonly name: string;
  readonly received: readonly string[];
  readonly expected: readonly Hop[];
}[] = [
  { name: 'no header at all', received: [], expected: [] },
  {
    name: 'Postfix with nested comments, after a local pickup without "from"',
    received: [
      'from relay.example.net (relay.example.net [192.0.2.7])\r\n' +
        '\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n' +
        '\t key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)\r\n' +
        '\t(No client certificate requested)\r\n' +
        '\tby mx.example.org (Postfix) with ESMTPS id 4Xy1Zk0Wv9z9sT\r\n' +
        '\tfor <support@example.org>; Tue, 24 Nov 2026 02:00:05 +0000 (UTC)',
      'by relay.example.net (Postfix, from userid 1000)\r\n' +
        '\tid 4Xy1Zj2QPzz9sR; Tue, 24 Nov 2026 02:00:03 +0000 (UTC)',
    ],
    expected: [hop('', 'relay.example.net', null), hop('relay.example.net', 'mx.example.org', 2)],
  },
  {
    name: 'Exim: lower-case protocol, address literal, "for" without angle brackets, local zone',
    received: [
      'from [198.51.100.4] (helo=laptop)\n\tby mx2.example.org with esmtpsa ' +
        '(TLS1.2:ECDHE_RSA_AES_256_GCM_SHA384:256)\n\t(Exim 4.94.2)\n' +
        '\t(envelope-from <a@example.net>)\n\tid 1jieHH-0006c3-6I\n' +
        '\tfor support@example.org; Tue, 24 Nov 2026 04:00:41 +0200',
      'from h.example.net ([203.0.113.9])\n\tby mx.example.org with esmtps ' +
        '(TLS1.2:ECDHE_RSA_AES_256_GCM_SHA384:256)\n\t(Exim 4.82)\n' +
        '\t(envelope-from <a@example.net>)\n\tid 1jieHH-0006c3-6H\n' +
        '\tfor support@example.org; Tue, 24 Nov 2026 02:00:05 +0000',
    ],
    expected: [
      hop('h.example.net', 'mx.example.org', null),
      hop('[198.51.100.4]', 'mx2.example.org', 36),
    ],
  },
  {
    name: 'Exchange Online: mapi first, IPv6 comments, folded between words and inside the date',
    received: [
      'from BN9PR03CA0001.namprd03.prod.outlook.com (2603:10b6:408:fa::6) by\r\n' +
        ' PH0PR10MB1234.namprd10.prod.outlook.com (2603:10b6:510:2f::e8) with Microsoft\r\n' +
        ' SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id\r\n' +
        ' 15.20.8857.21 via Frontend Transport; Thu, 19 Jun 2025\r\n 11:56:03 +0000',
      'from AM0PR02MB1111.eurprd02.prod.outlook.com ([fe80::1]) by\r\n' +
        ' BN9PR03CA0001.namprd03.prod.outlook.com ([fe80::2%4]) with mapi id\r\n' +
        ' 15.20.8835.027; Thu, 19 Jun 2025 11:55:58\r\n +0000',
    ],
    expected: [
      hop(
        'AM0PR02MB1111.eurprd02.prod.outlook.com',
        'BN9PR03CA0001.namprd03.prod.outlook.com',
        null,
      ),
      hop('BN9PR03CA0001.namprd03.prod.outlook.com', 'PH0PR10MB1234.namprd10.prod.outlook.com', 5),
    ],
  },
  {
    name: 'Gmail: internal hop without "from", named zone in a comment',
    received: [
      'by 2002:a05:7000:1234:b0:4f1:2a3b:c4d5 with SMTP id x12csp345678ybd;\r\n' +
        '        Tue, 23 Jan 2024 08:00:02 -0800 (PST)',
      'from mail-sor-f41.google.com (mail-sor-f41.google.com. [209.85.220.41])\r\n' +
        '        by mx.google.com with SMTPS id d9-20020a170902cec900b001d6sor1234.12.2024.01.23.08.00.00\r\n' +
        '        for <support@example.org>\r\n        (Google Transport Security);\r\n' +
        '        Tue, 23 Jan 2024 08:00:01 -0800 (PST)',
    ],
    expected: [
      hop('mail-sor-f41.google.com', 'mx.google.com', null),
      hop('', '2002:a05:7000:1234:b0:4f1:2a3b:c4d5', 1),
    ],
  },
  {
    name: 'Amazon SES inbound',
    received: [
      'from a9-183.smtp-out.amazonses.com (a9-183.smtp-out.amazonses.com [54.240.9.183])\r\n' +
        ' by inbound-smtp.us-east-1.amazonaws.com with SMTP id d6iitjk1rg2ul7dln4m1\r\n' +
        ' for support@example.org;\r\n Fri, 11 Sep 2015 20:32:33 +0000 (UTC)',
    ],
    expected: [hop('a9-183.smtp-out.amazonses.com', 'inbound-smtp.us-east-1.amazonaws.com', null)],
  },
  {
    name: 'SendGrid: milliseconds without a semicolon, a Go time string with nanoseconds',
    received: [
      'by filterdrecv-655bd866f5-x8wkz with SMTP id filterdrecv-655bd866f5-x8wkz-1-658C11E8-1\r\n' +
        '        2023-12-27 12:03:36.075244996 +0000 UTC m=+1368021.970000000',
      'from MTk4NDU2Nw (unknown)\r\n\tby geopod-ismtpd-5 (SG) with HTTP\r\n' +
        '\tid Jn3jKQ_oTq6Y9dDq1kX0sw\r\n\tWed, 27 Dec 2023 12:03:36.020 +0000 (UTC)',
    ],
    expected: [
      hop('MTk4NDU2Nw', 'geopod-ismtpd-5', null),
      hop('', 'filterdrecv-655bd866f5-x8wkz', 0.055),
    ],
  },
  {
    name: 'qmail: a first hop that names nobody, and -0000',
    received: [
      'from unknown (HELO gate) (192.0.2.44)\n  by mail.example.org with SMTP; 24 Nov 2026 02:00:09 -0000',
      '(qmail 4242 invoked by uid 1001); 24 Nov 2026 02:00:05 -0000',
    ],
    expected: [hop('', '', null), hop('unknown', 'mail.example.org', 4)],
  },
  {
    name: 'a clock that is behind: the difference stays negative and is suspect',
    received: [
      'from b by c with ESMTP id 3; Tue, 24 Nov 2026 02:00:10 +0000',
      'from a by b with ESMTP id 2; Tue, 24 Nov 2026 02:00:01 +0000',
      'from m by a with ESMTP id 1; Tue, 24 Nov 2026 02:00:41 +0000',
    ],
    expected: [hop('m', 'a', null), hop('a', 'b', -40), hop('b', 'c', 9)],
  },
  {
    name: 'a date nobody can read: unknown there and at the hop after it, suspect only there',
    received: [
      'from b by c with ESMTP id 3; Tue, 24 Nov 2026 02:00:10 +0000',
      'from a by b with ESMTP id 2; yesterday at tea time',
      'from m by a with ESMTP id 1; Tue, 24 Nov 2026 02:00:01 +0000',
    ],
    expected: [hop('m', 'a', null), unreadable('a', 'b'), hop('b', 'c', null)],
  },
  {
    name: 'a first hop whose date nobody can read',
    received: ['from m by a with ESMTP id 1'],
    expected: [unreadable('m', 'a')],
  },
  {
    name: 'a host name that was left out, and a date that stands in a comment only',
    received: ['from (unknown) by mx (built Tue, 24 Nov 2026 02:00:05 +0000) with SMTP'],
    expected: [unreadable('', 'mx')],
  },
  {
    name: 'parentheses that do not match',
    received: [
      'from b) by c (oops; Tue, 24 Nov 2026 02:00:07 +0000',
      'from a (odd \\) one) by b; Tue, 24 Nov 2026 02:00:01 +0000',
    ],
    expected: [hop('a', 'b', null), hop('b', 'c', 6)],
  },
];

describe('parseHops', () => {
  test.each(CHAINS)('$name', ({ received, expected }) => {
    const hops = parseHops(received);

    expect(hops).toEqual(expected);
  });

  test('reads the newest fifty headers and no more', () => {
    const received = Array.from(
      { length: 80 },
      (_, index) => `from h${index} by h${index}; Tue, 24 Nov 2026 02:00:00 +0000`,
    );

    const hops = parseHops(received);

    expect(hops).toHaveLength(50);
    expect(hops[0]).toEqual(hop('h49', 'h49', null));
    expect(hops[49]).toEqual(hop('h0', 'h0', 0));
  });

  test('an overlong header keeps its hosts and its date', () => {
    const received = [
      `from a by b (${'x'.repeat(100_000)}) with SMTP; Tue, 24 Nov 2026 02:00:07 +0000`,
      'from m by a; Tue, 24 Nov 2026 02:00:00 +0000',
    ];

    expect(parseHops(received)).toEqual([hop('m', 'a', null), hop('a', 'b', 7)]);
  });

  test('host names are clipped', () => {
    const [only] = parseHops([`from ${'a'.repeat(3_000)} by b; Tue, 24 Nov 2026 02:00:00 +0000`]);

    expect(only?.from).toHaveLength(255);
    expect(only?.clockSuspect).toBe(false);
  });

  test.each(hostilePieces())(
    'hostile input costs no more than its first kilobytes: %j',
    (piece) => {
      const long = piece.repeat(Math.ceil(100_000 / piece.length));
      const reads = { count: 0 };
      const counted = countReads(
        Array.from({ length: 500 }, () => long),
        reads,
      );

      const hops = parseHops(counted);

      expect(hops.length).toBeLessThanOrEqual(50);
      expect(reads.count).toBeLessThanOrEqual(50);
    },
  );

  test('any text gives one hop a header, each well-formed', () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom(
        'from ',
        ' by ',
        '(',
        ')',
        '\\',
        ';',
        '24 Nov 2026 ',
        '02:00:05 ',
        '+0000',
        '\r\n ',
      ),
    );
    const header = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''));

    fc.assert(
      fc.property(fc.array(header, { maxLength: 8 }), (received) => {
        const hops = parseHops(received);

        expect(hops).toHaveLength(received.length);
        for (const { seconds, clockSuspect } of hops) {
          expect(seconds === null || Number.isFinite(seconds)).toBe(true);
          if (seconds !== null) expect(clockSuspect).toBe(seconds < 0);
        }
      }),
    );
  });
});

/** Pieces that make careless patterns backtrack or recurse. */
function hostilePieces(): readonly string[] {
  return [
    '(',
    ')',
    '\\(',
    ' ',
    '\r\n ',
    'from ',
    ' by',
    ';',
    '1',
    '1 Nov ',
    '24 Nov 2026 02:',
    '2026-',
    '2026-11-24 02:00:05.0',
    'a',
  ];
}

/** The array with every read of one of its elements counted. */
function countReads(values: readonly string[], reads: { count: number }): readonly string[] {
  return new Proxy(values, {
    get(target, key, receiver): unknown {
      if (typeof key === 'string' && /^\d+$/.test(key)) reads.count += 1;
      return Reflect.get(target, key, receiver);
    },
  });
}
