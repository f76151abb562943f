# SPDX-License-Identifier: BSD-2-Clause
# A WebSocket client and server that are not ours (python3-websockets) talk through a proxy: messages of any
# size, compressed ones, ping and pong, and an end with its code.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Weir::Process qw(run_command);

my $python = '/usr/bin/python3';
plan skip_all => 'there is no python3-websockets' if (run_command([ $python, '-c', 'import websockets' ]))[0];

my $t = Weir->new(conf => <<'CONF', plan => 3, files => { 'talk.py' => <<'TALK' });
http {
    log_format end "$request_uri $status $termination_state";
    access_log end.log end;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / {
            proxy_pass http://127.0.0.1:%%PORT:back%%;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
    }
}
CONF
import asyncio, os, websockets

async def echo(connection, path=None):
    async for message in connection:
        await connection.send(message)

async def talk(name, compression):
    uri = 'ws://127.0.0.1:%%PORT:web%%/' + name
    async with websockets.connect(uri, max_size=1 << 24, compression=compression) as connection:
        for size in (0, 1, 125, 126, 65535, 65536, 1 << 20):
            for message in (os.urandom(size), 'x' * size):
                await connection.send(message)
                assert await connection.recv() == message, size
        await (await connection.ping())
        await connection.close(4000, 'done')
        print(name, connection.close_code, connection.close_reason)

async def main():
    async with websockets.serve(echo, '127.0.0.1', %%PORT:back%%, max_size=1 << 24):
        await talk('plain', None)
        await talk('deflate', 'deflate')
        await asyncio.gather(*[talk('many', None) for i in range(10)])

asyncio.run(main())
TALK
$t->start;

my ($status, $out, $error) = run_command([ $python, $t->dir . '/talk.py' ]);
is $status, 0, 'they understand each other' or diag $error;
is $out, "plain 4000 done\ndeflate 4000 done\n" . "many 4000 done\n" x 10, 'to the end';
is join(' ', sort $t->wait_lines('end.log', 12)), join(' ', sort('/plain 101 ok', '/deflate 101 ok', ('/many 101 ok') x 10)),
    'a line for each';
