/* config.h - GREENSHIM_* variables. */
#ifndef GREEN_CONFIG_H
#define GREEN_CONFIG_H

/* Fill rt_config; a bad value is named on stderr and ends the process with
 * status 125. */
void config_read(void);

#endif
