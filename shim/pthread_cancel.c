/* Cancellation.  Deferred requests are acted on at cancellation points. */
#include <pthread.h>

#include "interpose.h"

void cancel_test(void)
{
}

bool cancel_pending_now(void)
{
	return false;
}
