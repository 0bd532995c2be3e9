/* startup.h - what start-up calls of other shim files. */
#ifndef GREEN_STARTUP_H
#define GREEN_STARTUP_H

void process_start(void); /* fork.c */

#endif
