/** Units as Grafana names them: of seconds, shares of one, counts a minute. */
export type Unit = 'none' | 's' | 'percentunit' | 'cpm' | 'bytes' | 'dateTimeFromNow' | 'short';
