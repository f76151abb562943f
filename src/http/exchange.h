/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exchange - one request and its response, from the head to the line in the log.
 *
 *     HEAD -> ROUTE -> REQUEST -> ACCESS -> PRECONTENT -> HANDLE -> RESPONSE -> OVER
 *
 * It is the only place where two legs meet: the downstream one, which brought the request, and the
 * current upstream one, if the handler opens one. Bodies flow through its two pipes; each leg is
 * told what the other did. It ends when the downstream leg is gone: then it logs and frees itself
 * at the end of the turn.
 *
 * Until a response is sent it can be led elsewhere: exchange_redirect() begins again at ROUTE with
 * another path, exchange_redirect_named() there too, with a location that is known.
 */
#ifndef WEIR_HTTP_EXCHANGE_H
#define WEIR_HTTP_EXCHANGE_H

#include "base/termination.h"
#include "codec/h1.h"
#include "expr/variable.h"
#include "http/http_service.h"
#include "message/body.h"
#include "message/uri.h"

enum exchange_step {
    EXCHANGE_HEAD,       /* the request's head is awaited */
    EXCHANGE_ROUTE,
    EXCHANGE_REQUEST,
    EXCHANGE_ACCESS,
    EXCHANGE_PRECONTENT,
    EXCHANGE_HANDLE,     /* a handler has it */
    EXCHANGE_RESPONSE,   /* the response's head was sent */
    EXCHANGE_OVER
};

enum { EXCHANGE_REDIRECTS_MAX = 10 };

struct exchange;
struct filter;
struct upstream_url;

/* What a handler with an upstream leg, or some other source of the body, is told. */
struct exchange_handler {
    /* exchange->request_body has got bytes, or its end. */
    void (*on_request_body)(struct exchange *exchange);
    /* exchange->response_body was read down to its low mark. */
    void (*on_room)(struct exchange *exchange);
    /* The client has got a 101 that the handler sent; see message/leg.h. Else NULL. */
    void (*on_switched)(struct exchange *exchange);
    /* The client is gone or gets another answer: end what is under way. Before the log; exactly
     * once, but not after exchange_unhandle(). */
    void (*on_end)(struct exchange *exchange);
};

/* A connection from a client on which HTTP is spoken; it lies behind its h1. */
struct http_client {
    struct list link;   /* all of the worker */
    struct list idle;   /* those that wait for a request */
    struct listener *listener;
    struct h1 *h1;
};

/* A WWW-Authenticate field. */
struct challenge {
    struct challenge *next;
    struct str value;
};

struct module_state;

struct exchange {
    struct scope scope;
    struct arena arena;            /* the exchange itself lies in it */
    struct leg *downstream;
    struct http_client *client;    /* NULL: it is an inner one (http/inner) */
    struct conn *conn;             /* the client's */
    struct message *request;       /* NULL until its head was read */
    struct message *response;      /* that is sent; NULL until then */
    struct pipe request_body, response_body;
    struct body *kept_body;        /* of the request, once it was asked for (http/request_body) */
    struct filter *filters;        /* between response_body and the client; see http/filter.h */
    struct uri uri;                /* normal form */
    const struct http_server *server;
    const struct http_location *location;
    struct log *log;
    struct log_context log_context;
    const struct exchange_handler *handler; /* NULL: nobody reads the request's body */
    void *handler_data;
    struct attempt *attempt;       /* towards the server, for the $upstream_ variables; or NULL */
    struct challenge *challenges;  /* of who denied access; sent with whatever answers then */
    struct str upstream_target;    /* of the request that was sent there, for the error log */
    const struct upstream_url *upstream_url; /* of the servers that were asked, or NULL */
    uint64_t upstream_ids;         /* of fields in upstream_head */
    const struct message *upstream_head; /* of the response from there; what was received of it is
                                            there, removed or not; or NULL */
    const struct message *upstream_trailers; /* fields behind its body; or NULL */
    struct message *trailers;      /* that were sent behind the response's body; or NULL */
    const struct message *carried; /* fields that a server's X-Accel-Redirect has left for whatever
                                      answers in the end; or NULL */
    enum exchange_step step;
    unsigned hook;                 /* the next to run in this step */
    unsigned redirects;            /* and rounds of `rewrite` */
    unsigned depth;                /* of inner ones; 0: a client asked */
    unsigned refusal;              /* 401 or 403 so far, in EXCHANGE_ACCESS; 0: none */
    unsigned forced_status;        /* what the client is told, whatever says the answer
                                      (error_page); 0: what the answer says */
    bool outlives_client;          /* what it has begun is to be finished without its client, too */
    bool is_abandoned;             /* ... who is gone */
    bool is_internal;              /* it was redirected, or no client asked for it */
    bool is_located;               /* its location is known before EXCHANGE_ROUTE: a named one */
    bool is_error_page;            /* error_page has led it here: there is no other for it */
    bool is_last;                  /* the connection cannot go on behind it */
    bool is_target_stale;          /* the request's own target is not what is asked for any more:
                                      whoever sends it on makes one of uri */
    bool is_prefix_stale;          /* uri need not begin with the location's name (`rewrite ...
                                      break`): none of it is replaced */
    bool is_reading;               /* counted among those whose head is awaited */
    bool is_response_whole;        /* no body follows the head */
    bool has_rate;                 /* rate was set, whatever limit_rate says */
    uint64_t rate;                 /* $limit_rate: bytes of the response a second; 0: no limit */
    bool is_streamed;              /* its body must not be held back for more to come */
    bool has_own_server, has_own_date; /* the response has these fields from its server */
    bool allows_ranges;            /* parts of the body may be sent in its place: it has a length,
                                      and is one part of a file. Whoever changes its bytes takes
                                      this back */
    bool has_single_range;         /* ... but one part at most: the body need not be a file's */
    unsigned replacement;          /* see exchange_replace() */
    enum termination termination;  /* what kept it from its ordinary end, so far */
    bool is_answered;              /* all of its response was sent */
    unsigned status;               /* of the response; of the end, where there was none */
    int64_t start_ms;
    uint64_t sent_before;          /* bytes sent on the connection before this exchange */
    struct module_state *states;   /* those that were made */
    struct task task;
    struct reap reap;
};

/* Opens one for the request that begins on the connection. */
void exchange_open(struct http_client *client);

/* Ends it at once, without a (further) answer: the client's connection is closed. */
void exchange_close(struct exchange *exchange);

/* A hook that said HTTP_WAIT is to be asked again, from the loop's top. */
void exchange_resume(struct exchange *exchange);

/* Takes the request over: from now on the handler is told. The other one ends that by itself: it
 * has written all of the response; what the client still sends of its body is dropped. */
void exchange_handle(struct exchange *exchange, const struct exchange_handler *handler, void *data);
void exchange_unhandle(struct exchange *exchange);

/*
 * Leads it to another path (in normal form) and arguments, or to the location with this name ("@x")
 * with what it has. Whoever handled it is told that it ended; modules begin anew. To be called from
 * hooks, which say HTTP_DONE then, and from handlers; before exchange_send_head(). After
 * EXCHANGE_REDIRECTS_MAX of them, or without such a location, the answer is 500.
 */
void exchange_redirect(struct exchange *exchange, struct str path, struct str args);
void exchange_redirect_named(struct exchange *exchange, struct str name);

/* The same to either, as directives name it: "/path?args", "@name". */
void exchange_redirect_to(struct exchange *exchange, struct str target);

/* Where the path that it is led to is got with GET, whatever the request was, or with HEAD. */
void exchange_use_get(struct exchange *exchange);

/*
 * Sends a response, complete but for the fields that every response has (Server, Date); it stays
 * as long as the exchange. is_whole: no body follows; else the handler writes
 * exchange->response_body and says so by exchange_send_body(). False: a hook has put another answer
 * in its place, and whoever handled the exchange was told that it ended; no body is wanted.
 */
bool exchange_send_head(struct exchange *exchange, struct message *response, bool is_whole);
void exchange_send_body(struct exchange *exchange);

/* One more challenge, behind the others; the value stays as long as the exchange. */
void exchange_challenge(struct exchange *exchange, struct str value);

/* From on_response hooks: weir's own answer with that status is to be sent, not this response. */
void exchange_replace(struct exchange *exchange, unsigned status);

/* The module's state in this exchange (module->state_size bytes, zeroed), made on first use. */
void *exchange_state(struct exchange *exchange, const struct module *module);

/* Bytes sent to the client for this exchange, and those of them that are no head ($bytes_sent,
 * $body_bytes_sent). */
uint64_t exchange_bytes_sent(const struct exchange *exchange);
uint64_t exchange_body_bytes_sent(const struct exchange *exchange);

#endif
