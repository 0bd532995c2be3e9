/* config.h - GREENSHIM_* variables. */
#ifndef GREEN_CONFIG_H
#define GREEN_CONFIG_H

/* Fill rt_config from the environment (greenshim(7)).  On an invalid value, say
 * so on stderr and exit with status 125. */
void config_read(void);

#endif
