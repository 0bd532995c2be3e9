/*
 * What the conformance and regression programs share.
 *
 * They are ordinary programs. tests/compare.sh runs each natively and greened
 * and compares the outputs, so nothing here may print what differs from run to
 * run. A check that holds prints nothing; a clause that holds prints "ok ...";
 * the first check that fails prints "not ok ..." and ends the program.
 *
 * A program is green only from its first pthread_create on: run_both() and
 * be_threaded() make sure that there was one.
 */
#ifndef CONFORMANCE_LIB_H
#define CONFORMANCE_LIB_H

#include "lib_check.h"
#include "lib_io.h"
#include "lib_thread.h"

#endif
