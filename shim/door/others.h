/* others.h - libraries that stand behind the shim (others.c). */
#ifndef GREEN_OTHERS_H
#define GREEN_OTHERS_H

/* Name on stderr each library whose functions the shim hides. */
void others_name(void);

#endif
