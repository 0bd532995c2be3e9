/*
 * flags.h - the calls on sockets that wait in the hub.
 *
 * Such a call is made in parts: tried with MSG_DONTWAIT, as often as it takes.
 * That is right only for flags and options whose meaning does not change when
 * one call becomes several.  The tables list them; a call with anything else
 * goes to the kernel whole (iowhole.c).
 */
#ifndef GREEN_FLAGS_H
#define GREEN_FLAGS_H

#include <sys/socket.h>

/* Flags of a receiving call that takes the first bytes or message to come. */
#define RECV_FIRST (MSG_NOSIGNAL | MSG_PEEK | MSG_TRUNC | MSG_CMSG_CLOEXEC)

/* MSG_MORE holds back a part as it holds back the whole. */
#define SEND_PARTS (MSG_NOSIGNAL | MSG_MORE)

/* A message is sent as one or not at all, so more flags can do no harm. */
#define SEND_ONE (SEND_PARTS | MSG_CONFIRM | MSG_DONTROUTE | MSG_EOR)

/*
 * X(call, flags on TCP, on other streams, on sockets that keep messages apart)
 *
 * MSG_WAITALL: TCP only has bytes; in other streams, a part that brings
 * descriptors, or has another sender, ends the call.  recvmsg may ask for such
 * data of TCP too (timestamps).
 */
#define IO_PARKING_FLAGS(X)                                                    \
	X(IO_RECV, RECV_FIRST | MSG_WAITALL, RECV_FIRST,                       \
	  RECV_FIRST | MSG_WAITALL)                                            \
	X(IO_RECVMSG, RECV_FIRST, RECV_FIRST, RECV_FIRST | MSG_WAITALL)        \
	X(IO_RECVMMSG, RECV_FIRST | MSG_WAITFORONE,                            \
	  RECV_FIRST | MSG_WAITFORONE, RECV_FIRST | MSG_WAITFORONE)            \
	X(IO_SEND, SEND_PARTS, SEND_PARTS, SEND_ONE)                           \
	X(IO_SENDMSG, SEND_PARTS, SEND_PARTS, SEND_ONE)                        \
	X(IO_SENDMMSG, SEND_PARTS, SEND_PARTS, SEND_ONE)

/* Flags with which no receiving call on TCP ever waits. */
#define TCP_NEVER_WAITS (MSG_OOB | MSG_ERRQUEUE)

/* The flags of most calls. */
#define IO_USUAL_FLAGS MSG_NOSIGNAL

#define IO_CALL_NAME(call, tcp, streams, messages) call,
enum io_call { IO_PARKING_FLAGS(IO_CALL_NAME) IO_CALLS };
#undef IO_CALL_NAME

/*
 * X(bit, level, option, true if the value v sets the bit)
 *
 * What else makes calls on a socket go whole: the kernel counts the calls, or
 * ends them by rules of its own.
 */
#define IO_WHOLE_OPTIONS(X)                                                    \
	X(WHOLE_SEND, SOL_SOCKET, SO_TIMESTAMPING, v != 0)                     \
	X(WHOLE_RECV, SOL_SOCKET, SO_RCVLOWAT, v > 1)                          \
	X(WHOLE_OPEN, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, v != 0)

/* Bits of fdent.whole. */
enum {
	WHOLE_SEND = 1,
	WHOLE_RECV = 2,
	WHOLE_OPEN = 4, /* sending calls, until one has opened the connection */
};

#endif
