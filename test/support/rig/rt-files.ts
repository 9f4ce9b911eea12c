/** RT 5's own settings; `$` is Perl's. */
export function renderSiteConfig(folder: string, port: number): string {
  return `
Set($rtname, 'example.test');
Set($Organization, 'example.test');
Set($WebDomain, '127.0.0.1');
Set($WebPort, ${port});
Set($WebPath, '');
Set($WebBaseURL, 'http://127.0.0.1:${port}');
Set($WebURL, 'http://127.0.0.1:${port}/');
Set($CanonicalizeRedirectURLs, 0);
Set($CorrespondAddress, 'support@example.test');
Set($CommentAddress, 'comment@example.test');
Set($OwnerEmail, 'postmaster@example.test');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '${folder}/var/rt5.sqlite');
Set($MasonDataDir, '${folder}/var/mason_data');
Set($MasonSessionDir, '${folder}/var/session_data');
Set($WebSessionClass, 'Apache::Session::File');
Set($LogDir, '${folder}/var/log');
Set($LogToSyslog, undef);
Set($LogToSTDERR, undef);
Set($LogToFile, 'info');
Set($Timezone, 'UTC');
Set($MailCommand, 'sendmailpipe');
Set($SendmailPath, '${folder}/sendmail');
Set($SendmailArguments, '');
Set(%GnuPG, Enable => 0);
Set(%SMIME, Enable => 0);
Set($WebSecureCookies, 0);
Set($RestrictReferrer, 0);
1;
`;
}

/** Users and their rights in all queues; name, password and token of each go into `users`. */
export function renderInitialData(users: string): string {
  return `
our @Users = map +{
  Name => $_, Password => "$_-password", EmailAddress => "$_\\@example.test", Privileged => 1,
}, qw(canary reader stranger);
our @ACL = (
  # anybody may open a ticket by mail
  (map +{ GroupDomain => 'SystemInternal', GroupType => 'Everyone', Right => $_ }, qw(CreateTicket ReplyToTicket)),
  (map +{ UserId => 'canary', Right => $_ }, qw(SeeQueue ShowTicket ModifyTicket DeleteTicket)),
  (map +{ UserId => 'reader', Right => $_ }, qw(SeeQueue ShowTicket)),
);
our @Final = (sub {
  # nobody is to be told of tickets but who opened them: the others would cost a third of RT's time
  my $scrips = RT::Scrips->new(RT->SystemUser);
  $scrips->UnLimit;
  while (my $scrip = $scrips->Next) {
    $scrip->SetDisabled(1) if $scrip->Description =~ /Owner|AdminCcs?|Ccs|Other Recipients/;
  }
  open my $file, '>', '${users}' or die $!;
  for my $name (map $_->{Name}, @Users) {
    my $user = RT::User->new(RT->SystemUser);
    $user->Load($name);
    my ($ok, $message, $token) = RT::AuthToken->new(RT->SystemUser)->Create(Owner => $user->id, Description => 'rig');
    die $message unless $ok;
    print $file "$name $name-password $token\\n";
  }
});
1;
`;
}

/** What RT runs in place of sendmail: hands its mail to a server on loopback. */
export function renderSendmail(smtpPort: number): string {
  return `#!/usr/bin/perl
use strict;
use Net::SMTP;
use Email::Address;
my $mail = do { local $/; <STDIN> };
my ($head) = split /\\r?\\n\\r?\\n/, $mail, 2;
$head =~ s/\\r?\\n[ \\t]+/ /g;
my @to = map $_->address, map Email::Address->parse($_), $head =~ /^(?:To|Cc|Bcc):(.*)$/mig;
my $smtp = Net::SMTP->new('127.0.0.1', Port => ${smtpPort}, Hello => 'rt.example.test') or die $@;
$smtp->mail('rt@example.test') && $smtp->to(@to) && $smtp->data($mail) or die $smtp->message;
$smtp->quit;
`;
}

/** Postfix' service, which hands mail on to a queue: `rt:QUEUE` as transport. */
export function rtMailgate(port: number, service = 'rt'): string {
  const gate = '/usr/bin/rt-mailgate --queue ${nexthop} --action correspond';
  return `${service} unix - n n - 4 pipe
  flags=DRhu user=nobody:nogroup argv=${gate} --url http://127.0.0.1:${port}/ --timeout 60`;
}
