-- SPDX-License-Identifier: MIT
-- For sysbench: money moves between accounts, one transaction a transfer,
-- with a line in a ledger. The sum over all accounts never changes. If ACKED
-- names a directory, the lines whose COMMIT was answered are noted there.

sysbench.cmdline.options = {}

local accounts = 1000

function prepare()
   local con = sysbench.sql.driver():connect()
   con:query("CREATE TABLE account (id INT PRIMARY KEY, balance INT NOT NULL,"
             .. " transfers INT NOT NULL) ENGINE=InnoDB")
   con:query("CREATE TABLE ledger (id INT PRIMARY KEY AUTO_INCREMENT,"
             .. " src INT, dst INT, amount INT) ENGINE=InnoDB")
   con:bulk_insert_init("INSERT INTO account VALUES ")
   for i = 1, accounts do
      con:bulk_insert_next(string.format("(%d, 1000, 0)", i))
   end
   con:bulk_insert_done()
end

function thread_init()
   local dir = os.getenv("ACKED")

   con = sysbench.sql.driver():connect()
   acked = dir and assert(io.open(dir .. "/" .. sysbench.tid, "w"))
end

function thread_done()
   con:disconnect()
end

function event()
   local src = sysbench.rand.uniform(1, accounts)
   local dst = src % accounts + 1
   local amount = sysbench.rand.uniform(1, 100)
   local id
   local update = "UPDATE account SET balance = balance + %d,"
      .. " transfers = transfers + 1 WHERE id = %d"

   con:query("BEGIN")
   con:query(string.format(update, -amount, src))
   con:query(string.format("INSERT INTO ledger (src, dst, amount)"
                           .. " VALUES (%d, %d, %d)", src, dst, amount))
   con:query(string.format(update, amount, dst))
   id = acked and con:query_row("SELECT LAST_INSERT_ID()")
   con:query("COMMIT")
   if acked then
      acked:write(id, "\n")
      acked:flush()
   end
end
