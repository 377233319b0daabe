/*
 * Migration
 *
 * Copyright 2026 the winehvplatform authors
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin St, Fifth Floor, Boston, MA 02110-1301, USA
 */

#include "api.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

static HRESULT call_migration( enum migration_function function, WHV_PARTITION_HANDLE partition, void **output )
{
    struct migration_params params = { .function = function, .partition = partition, .output = output };

    return whv_call( unix_migration, &params );
}

HRESULT WINAPI WHvStartPartitionMigration( WHV_PARTITION_HANDLE partition, HANDLE *migration )
{
    TRACE( "%p, ret %p\n", partition, migration );
    return call_migration( MIGRATION_START, partition, migration );
}

/* The public header declares these two without WINAPI, which makes no difference in 64-bit code. */
HRESULT WHvCancelPartitionMigration( WHV_PARTITION_HANDLE partition )
{
    TRACE( "%p\n", partition );
    return call_migration( MIGRATION_CANCEL, partition, NULL );
}

HRESULT WHvCompletePartitionMigration( WHV_PARTITION_HANDLE partition )
{
    TRACE( "%p\n", partition );
    return call_migration( MIGRATION_COMPLETE, partition, NULL );
}

HRESULT WINAPI WHvAcceptPartitionMigration( HANDLE migration, WHV_PARTITION_HANDLE *partition )
{
    TRACE( "migration %p, ret %p\n", migration, partition );
    return call_migration( MIGRATION_ACCEPT, NULL, partition );
}
